"""The measures of the quality report: group, kind of limit, and what they say in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index.adjust.wording import Text

GROUPS = {
    "data": Text("数据与设定", "Data and specification"),
    "model": Text("模型", "Model"),
    "original": Text("原序列的季节性", "Seasonality of the original"),
    "decomposition": Text("分解质量（M 统计量）", "Quality of the decomposition (M statistics)"),
    "residual": Text("调整后残余季节性", "Seasonality left after adjustment"),
    "spectrum": Text("谱峰", "Peaks of the spectrum"),
    "stability": Text("稳定性", "Stability"),
}


@dataclass(frozen=True)
class Entry:
    """One measure.

    `limit` is a kind of `limits.Limits.of`, "" for what is only told. `good` and `weak` say what a value on the good
    side, and one on the other sides, means; `weak` may name a remedy.
    """

    group: str
    limit: str
    title: Text
    good: Text
    weak: Text
    digits: int = 3


def _told(group: str, zh: str, en: str, digits: int = 3) -> Entry:
    return Entry(group, "", Text(zh, en), Text("", ""), Text("", ""), digits)


def _m(number: int, zh: str, en: str, weak_zh: str, weak_en: str) -> Entry:
    limit = "m7" if number == 7 else "m"
    title = Text(f"M{number} {zh}", f"M{number} {en}")
    return Entry(
        "decomposition", limit, title, Text("在接受域内", "inside the acceptance region"), Text(weak_zh, weak_en)
    )


def _present(zh: str, en: str) -> Entry:
    return Entry(
        "original",
        "present",
        Text(zh, en),
        Text("原序列有季节性", "the original is seasonal"),
        Text("原序列的季节性不显著", "seasonality of the original is not significant"),
        4,
    )


def _left(zh: str, en: str) -> Entry:
    return Entry(
        "residual",
        "residual",
        Text(zh, en),
        Text("未发现残余季节性", "no sign of seasonality left"),
        Text("有残余季节性的迹象，须复核设定", "signs of seasonality left; review the specification"),
        4,
    )


def _peak(of_zh: str, of_en: str, kind: str) -> Entry:
    zh, en = ("季节", "seasonal") if kind == "s" else ("交易日", "trading-day")
    return Entry(
        "spectrum",
        "peaks",
        Text(f"{of_zh}在{zh}频率的谱峰数", f"Peaks of the {of_en} at {en} frequencies"),
        Text("没有显著谱峰", "no significant peak"),
        Text(f"{of_zh}仍有{zh}周期", f"the {of_en} still has a {en} cycle"),
        0,
    )


_NOISY = ("不规则成分偏大", "the irregular is large")
CATALOGUE: dict[str, Entry] = {
    "length": Entry(
        "data",
        "length",
        Text("序列长度（年）", "Length in years"),
        Text("足以稳定估计", "long enough for stable estimates"),
        Text("序列较短，估计会随新数据明显变动", "short; estimates will move as data come in"),
        1,
    ),
    "transform": _told("data", "变换与分解方式", "Transformation and mode"),
    "filters": _told("data", "季节与趋势滤波", "Seasonal and trend filters"),
    "windows": _told("data", "春节窗口（节前/节中/节后天数）", "Spring Festival windows (days before/during/after)"),
    "model": _told("model", "ARIMA 模型", "ARIMA model"),
    "aicc": _told("model", "AICc", "AICc", 1),
    "holiday": Entry(
        "model",
        "holiday",
        Text("节日变量联合检验（p 值）", "Joint test of the holiday terms (p)"),
        Text("节日效应显著", "the holiday effect is significant"),
        Text("节日效应不显著，可考虑不用这些变量", "not significant; consider going without these terms"),
        4,
    ),
    "trading_day": _told("model", "交易日变量检验（p 值）", "Test of the trading-day terms (p)", 4),
    "outliers": Entry(
        "model",
        "outliers",
        Text("自动识别的异常值（占月份 %）", "Outliers found (percent of the months)"),
        Text("异常值不多", "few outliers"),
        Text("异常值偏多，须逐个说明原因", "many outliers; each needs its reason"),
        1,
    ),
    "ljung_box": Entry(
        "model",
        "model_level",
        Text("残差自相关 Ljung-Box（两年滞后，p 值）", "Ljung-Box of the residuals, two years of lags (p)"),
        Text("残差无自相关", "no autocorrelation left in the residuals"),
        Text("残差有自相关，模型可改进", "autocorrelation is left; the model can be improved"),
        4,
    ),
    "normality": Entry(
        "model",
        "model_level",
        Text("残差正态性 Jarque-Bera（p 值）", "Normality of the residuals, Jarque-Bera (p)"),
        Text("与正态分布相符", "in line with a normal distribution"),
        Text("偏离正态，t 值与预测区间仅供参考", "not normal; take t values and intervals with care"),
        4,
    ),
    "skewness": _told("model", "残差偏度", "Skewness of the residuals"),
    "kurtosis": _told("model", "残差峰度", "Kurtosis of the residuals"),
    "forecast_error": Entry(
        "model",
        "forecast",
        Text("近三年样本内平均绝对预测误差（%）", "Mean absolute forecast error, last three years, within sample (%)"),
        Text("预测误差可接受", "acceptable forecasts"),
        Text("预测误差大，序列末端不可靠", "large; the end of the adjusted series is unreliable"),
        2,
    ),
    "forecast_error_out": Entry(
        "model",
        "forecast",
        Text(
            "近三年样本外向前一步平均绝对预测误差（%）",
            "Mean absolute forecast error, last three years, one step ahead out of sample (%)",
        ),
        Text("预测误差可接受", "acceptable forecasts"),
        Text("预测误差大，序列末端不可靠", "large; the end of the adjusted series is unreliable"),
        2,
    ),
    "f_stable": _present("稳定季节性 F 检验（p 值）", "F test for stable seasonality (p)"),
    "kruskal": _present("Kruskal-Wallis 检验（p 值）", "Kruskal-Wallis test (p)"),
    "f_moving": _told("original", "移动季节性 F 检验（p 值）", "F test for moving seasonality (p)", 4),
    "combined": Entry(
        "original",
        "combined",
        Text("可识别季节性联合检验", "Combined test for identifiable seasonality"),
        Text("季节性可识别", "identifiable seasonality"),
        Text("季节性不易识别，宜使用未调整序列", "seasonality is hard to identify; prefer the unadjusted series"),
    ),
    "qs_prior": _present(
        "QS 检验，剔除日历效应与异常值的原序列（p 值）", "QS of the original without calendar effects and outliers (p)"
    ),
    "qs_original": _present("QS 检验，原序列（p 值）", "QS of the original (p)"),
    "qs_original_8y": _present("QS 检验，原序列近八年（p 值）", "QS of the original, last eight years (p)"),
    "m01": _m(1, "三个月内不规则成分的贡献", "irregular's part in three-month changes", *_NOISY),
    "m02": _m(2, "不规则成分占平稳方差", "irregular's part in the stationary variance", *_NOISY),
    "m03": _m(
        3,
        "不规则与趋势月变动之比",
        "monthly change of irregular to trend",
        "趋势变动被噪声掩盖",
        "noise hides the trend",
    ),
    "m04": _m(4, "不规则成分的游程", "runs of the irregular", "不规则成分有自相关", "the irregular is autocorrelated"),
    "m05": _m(
        5,
        "趋势超过噪声所需月数",
        "months until the trend outweighs the noise",
        "转折点显现较晚",
        "turning points show late",
    ),
    "m06": _m(
        6,
        "不规则与季节年变动之比",
        "yearly change of irregular to seasonal",
        "季节滤波长度可调整",
        "try another seasonal filter",
    ),
    "m07": _m(
        7,
        "移动与稳定季节性之比",
        "moving to stable seasonality",
        "季节性难以识别",
        "seasonality is hard to identify",
    ),
    "m08": _m(8, "季节因子波动", "changes of the seasonal factors", "季节型态不稳定", "the pattern is unstable"),
    "m09": _m(9, "季节因子线性变动", "drift of the seasonal factors", "季节型态在漂移", "the pattern drifts"),
    "m10": _m(10, "近年季节因子波动", "the same as M8, recent years", "近年季节型态不稳定", "unstable in recent years"),
    "m11": _m(
        11, "近年季节因子线性变动", "the same as M9, recent years", "近年季节型态在漂移", "drifting in recent years"
    ),
    "q": Entry(
        "decomposition",
        "q",
        Text("Q（M1–M11 加权）", "Q, weighted mean of M1–M11"),
        Text("分解可接受", "the decomposition is accepted"),
        Text("分解质量不足", "the decomposition is not good enough"),
    ),
    "qm2": Entry(
        "decomposition",
        "q",
        Text("不含 M2 的 Q", "Q without M2"),
        Text("分解可接受", "the decomposition is accepted"),
        Text("分解质量不足", "the decomposition is not good enough"),
    ),
    "qs_adjusted": _left("QS 检验，调整后序列（p 值）", "QS of the adjusted series (p)"),
    "qs_adjusted_8y": _left("QS 检验，调整后序列近八年（p 值）", "QS of the adjusted series, last eight years (p)"),
    "qs_irregular": _left("QS 检验，不规则成分（p 值）", "QS of the irregular (p)"),
    "qs_irregular_8y": _left("QS 检验，不规则成分近八年（p 值）", "QS of the irregular, last eight years (p)"),
    "qs_residuals": _left("QS 检验，模型残差（p 值）", "QS of the model's residuals (p)"),
    "f_residual": _left("残余季节性 F 检验（p 值）", "F test for residual seasonality (p)"),
    "f_residual_3y": _left(
        "残余季节性 F 检验，近三年（p 值）", "F test for residual seasonality, last three years (p)"
    ),
    "peaks_residuals": _peak("模型残差", "model's residuals", "s"),
    "peaks_adjusted": _peak("调整后序列", "adjusted series", "s"),
    "peaks_irregular": _peak("不规则成分", "irregular", "s"),
    "trading_peaks_residuals": _peak("模型残差", "model's residuals", "t"),
    "trading_peaks_adjusted": _peak("调整后序列", "adjusted series", "t"),
    "trading_peaks_irregular": _peak("不规则成分", "irregular", "t"),
    "peaks_original": _told("spectrum", "原序列在季节频率的谱峰数", "Peaks of the original at seasonal frequencies", 0),
    "sliding_factors": Entry(
        "stability",
        "sliding_factors",
        Text("滑动区间 A%：季节因子不稳定的月份", "Sliding spans A%: months with unstable seasonal factors"),
        Text("季节因子稳定", "stable seasonal factors"),
        Text("季节因子不稳定", "unstable seasonal factors"),
        1,
    ),
    "sliding_changes": Entry(
        "stability",
        "sliding_changes",
        Text("滑动区间 MM%：环比不稳定的月份", "Sliding spans MM%: months with unstable monthly changes"),
        Text("环比稳定", "stable monthly changes"),
        Text("环比不稳定", "unstable monthly changes"),
        1,
    ),
    "history_level": Entry(
        "stability",
        "revision",
        Text("修订历史：水平修订与月变动之比", "History: revision of the level to the mean monthly change"),
        Text("修订小于月度变动", "revisions are small beside the monthly changes"),
        Text("修订幅度与月度变动相当，首次发布的环比不可靠", "as large as the changes; first figures are unreliable"),
        2,
    ),
    "history_change": Entry(
        "stability",
        "revision",
        Text("修订历史：环比修订与月变动之比", "History: revision of the change to the mean monthly change"),
        Text("修订小于月度变动", "revisions are small beside the monthly changes"),
        Text("修订幅度与月度变动相当，首次发布的环比不可靠", "as large as the changes; first figures are unreliable"),
        2,
    ),
}
WORDS = {
    "yes": Text("可识别", "identifiable"),
    "probably": Text("可能", "probably"),
    "no": Text("不可识别", "not identifiable"),
}
RATING_WORDS = {
    "good": Text("良好", "good"),
    "uncertain": Text("存疑", "uncertain"),
    "bad": Text("不合格", "bad"),
    "none": Text("未调整", "not adjusted"),
    "": Text("", ""),
}
ABSENT = {
    "absent": Text("未能计算", "not computed"),
    "not_asked": Text("未计算（需 extended=True）", "not computed (ask with extended=True)"),
    "failed": Text("X-13 未能形成（序列太短）", "X-13 could not form it (series too short)"),
    "not_applicable": Text("不适用", "does not apply"),
}
