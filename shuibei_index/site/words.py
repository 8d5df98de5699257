"""Fixed words of the site's pages, Chinese and English side by side: one table, so that neither can lack a line."""

from __future__ import annotations

from shuibei_index.release.withholding import NOTE

WORDS: dict[str, tuple[str, str]] = {
    # every page
    "skip": ("跳到正文", "Skip to content"),
    "nav": ("主导航", "Main navigation"),
    "home": ("首页", "Home"),
    "charts": ("图表", "Charts"),
    "classes": ("分类", "Classes"),
    "data": ("数据", "Data"),
    "vintages": ("历次发布", "Releases"),
    "revisions": ("修订", "Revisions"),
    "method": ("方法", "Methodology"),
    "calendar": ("日程", "Calendar"),
    "api": ("接口", "API"),
    "other_language": ("English", "中文"),
    "trial": (
        "试运行：未经签发的试编结果，仅供检验，不作为依据。",
        "Trial compilation: not signed off, for checking only; not to be relied on.",
    ),
    "correction": ("更正与修订说明：{0}", "Correction and revision: {0}"),
    "colon": ("：", ": "),
    "none": ("–", "–"),
    "stop": ("。", "."),
    "confidential": ("保密", "confidential"),
    # what it means is said in the words of the bulletin
    "confidential_note": (
        f"“保密”：{NOTE['zh'].removeprefix('统计保密：')}；图中留空。",
        f"“confidential”: {NOTE['en'].removeprefix('confidential: ')}; charts leave a gap.",
    ),
    "imputed_note": (
        "I 插补：当月无有效报价，按上级分类变动推算。",
        "I imputed: no usable price in the month; moved with the class above.",
    ),
    "provisional": ("初步数", "Provisional"),
    "final": ("终值", "Final"),
    "footer_compiled": (
        "由 shuibei_index {0} 依据已冻结的发布包生成，全部数字与发布包一致。",
        "Made by shuibei_index {0} from frozen release bundles; every figure is that of the bundle.",
    ),
    "footer_feed": ("订阅", "Feeds"),
    "noscript": (
        "图表需要脚本；下列表格与数据文件包含全部数字。",
        "Charts need a script; tables and files hold every figure.",
    ),
    # figures
    "index_col": ("指数（点）", "Index (points)"),
    "mom_col": ("环比（%）", "Month on month (%)"),
    "yoy_col": ("同比（%）", "Year on year (%)"),
    "ytd_col": ("累计（%）", "Year to date (%)"),
    "weight_col": ("权数（%）", "Weight (%)"),
    "mom_pp_col": ("影响环比（个百分点）", "Effect on monthly change (pct points)"),
    "yoy_pp_col": ("影响同比（个百分点）", "Effect on annual change (pct points)"),
    "status_col": ("状态", "Status"),
    "class": ("分类", "Class"),
    "month": ("月份", "Month"),
    "points": ("点", "points"),
    "yoy": ("同比", "On year earlier"),
    "mom": ("环比", "On previous month"),
    "ytd": ("累计比上年同期", "Year to date"),
    "headline_index": ("总指数", "Headline index"),
    "NSA": ("未经季节调整", "Not seasonally adjusted"),
    "SA": ("季节调整后", "Seasonally adjusted"),
    "TREND": ("趋势循环", "Trend-cycle"),
    "NSA_short": ("未调整", "NSA"),
    "SA_short": ("季调后", "SA"),
    "TREND_short": ("趋势", "Trend"),
    # home
    "home_title": ("{0}：{1}", "{0}: {1}"),
    "home_summary": ("本月概要", "This month"),
    "home_table": ("大类与中类", "Main classes"),
    "home_more": ("全部分类", "All classes"),
    "released": ("{0}发布", "Released {0}"),
    "vintage": ("版本 {0}", "Vintage {0}"),
    "next_release": ("下次发布：{0}。", "Next release: {0}. "),
    "holiday_note": ("遇法定节假日顺延至其后第一个工作日。", "On a public holiday: the first working day after it."),
    "read_bulletin": ("阅读公报", "Read the bulletin"),
    "open_charts": ("在图表页比较分类", "Compare classes in charts"),
    "table_base": ("{0}。", "{0}."),
    "outside": ("不计入总指数", "outside the headline"),
    # charts
    "charts_title": ("交互图表", "Interactive charts"),
    "charts_lead": (
        "选择分类、构成与季节调整，缩放时间，更换基期，下载所示数据。",
        "Choose classes, components and adjustment, zoom, change the base period, download what is shown.",
    ),
    "chart_of": ("{0}走势", "{0} over time"),
    "choose_classes": ("选择分类（至多8条线）", "Choose classes (up to 8 lines)"),
    "component": ("构成", "Component"),
    "adjustment": ("季节调整", "Adjustment"),
    "measure": ("指标", "Measure"),
    "base": ("基期", "Base period"),
    "base_published": ("发布的基期（{0}）", "As published ({0})"),
    "base_year": ("{0}年平均=100", "{0} average = 100"),
    "base_month": ("{0}=100", "{0} = 100"),
    "from": ("起始", "From"),
    "to": ("截止", "To"),
    "zoom": ("时间范围", "Time range"),
    "zoom_1": ("1年", "1 year"),
    "zoom_3": ("3年", "3 years"),
    "zoom_5": ("5年", "5 years"),
    "zoom_all": ("全部", "All"),
    "download": ("下载所示", "Download what is shown"),
    "table_of_chart": ("图中数据表", "The chart as a table"),
    "chart_help": (
        "拖动选择一段时间可放大，双击还原；图获得焦点后，左右键逐月查看，加减号缩放。",
        "Drag over a span to zoom in, double-click to undo; with focus on the chart, the left and right keys read "
        "month by month, plus and minus zoom.",
    ),
    "rebased_note": (
        "已换基：由已发布（修约后）的指数换算，与由未修约指数换算的结果末位可能不同。",
        "Rebased from published (rounded) levels: the last digit may differ from a rebasing of unrounded ones.",
    ),
    "too_many": ("最多显示8条线，已显示前8条。", "At most 8 lines; the first 8 are shown."),
    "nothing": ("没有符合所选条件的数据。", "No data for this choice."),
    "chart_with": ("{0}条线，{1}至{2}", "{0} lines, {1} to {2}"),
    # classes
    "classes_title": ("分类指数", "Index by class"),
    "classes_lead": (
        "全部分类在{0}的数值；点击分类查看走势、数据表与修订。",
        "Figures of every class in {0}; follow a class to its chart, data table and revisions.",
    ),
    "part_of": ("上级分类", "Part of"),
    "parts": ("下级分类", "Its parts"),
    "class_history": ("近期数据", "Recent months"),
    "full_table": ("全部月份数据表", "Table of all months"),
    "quality": ("数据质量", "Data quality"),
    "n_enterprises": ("报价企业（家）", "Reporting enterprises"),
    "n_items": ("规格品（个）", "Items priced"),
    "response_rate_count": ("回收率（按户，%）", "Response by enterprises (%)"),
    "response_rate_value": ("回收率（按额，%）", "Response by turnover (%)"),
    "imputed_share": ("插补比重（%）", "Imputed share (%)"),
    "files_of_class": ("本分类的数据文件", "Files of this class"),
    # data
    "data_title": ("数据与下载", "Data and downloads"),
    "data_lead": (
        "最新版本 {0} 的全部文件。CSV 为发布的数值，Parquet 与 JSON 为全精度。",
        "All files of the latest vintage, {0}. CSV holds published figures, Parquet and JSON full precision.",
    ),
    "table_title": ("{0}：全部月份", "{0}: all months"),
    "by_class": ("按分类下载", "By class"),
    "file": ("文件", "File"),
    "file_is": ("内容", "What it is"),
    "size": ("字节", "Bytes"),
    "sha": ("SHA-256", "SHA-256"),
    "files_not_copied": (
        "此版本的文件未随本站发布；其校验和列于下表。",
        "The files of this vintage are not on this site; their checksums are listed.",
    ),
    # releases
    "vintages_title": ("历次发布", "All releases"),
    "vintages_lead": (
        "共{0}次发布。已发布的内容不再改动；修订以新版本发布，旧版本保留。",
        "{0} releases. What was published is never changed: a revision is a new vintage, and the old one stays.",
    ),
    "release": ("版本", "Vintage"),
    "released_on": ("发布日期", "Released"),
    "reason": ("修订原因", "Reason"),
    "release_title": ("{0}（版本 {1}）", "{0} (vintage {1})"),
    "corrected": ("更正", "Correction"),
    "corrected_by": (
        "本次发布的部分数据已于{0}更正，请改用：",
        "Some figures of this release were corrected on {0}. Use instead:",
    ),
    "corrects": ("本次发布更正此前发布的：", "This release corrects an earlier one:"),
    "changed": (
        "涉及{0}至{1}、{2}个分类，共{3}个数值。",
        "Of {0} to {1}; classes: {2}; values in all: {3}.",
    ),
    "changed_one": ("涉及{0}、{1}个分类，共{2}个数值。", "Of {0}; classes: {1}; values in all: {2}."),
    "correction_reason": ("原因：{0}", "Reason: {0}"),
    "corrected_feed": ("【已更正，见 {0}】", "[Corrected: see {0}]"),
    "erratum_feed": ("【更正】", "Correction: "),
    "errata_title": ("更正公告", "Errata"),
    "errata_lead": (
        "更正以新版本发布；被更正的版本原样保留，并在其页面上注明。",
        "A correction is a new release; the one it corrects stays as it was, and its page says so.",
    ),
    "errata_none": ("至今没有更正。", "Nothing has been corrected so far."),
    "newest_vintage": ("这是最新版本。", "This is the latest vintage."),
    "superseded": (
        "本月另有更新的版本：{0}。此处为当时发布的内容。",
        "There is a later vintage of this month: {0}. This page shows what was published then.",
    ),
    "older_vintage": (
        "这是当时发布的内容；最新版本见首页。",
        "This is what was published then; the latest vintage is on the home page.",
    ),
    "revised_counts": (
        "与前次发布相比，修订初步数{0}个、终值{1}个，季节调整后数据重新估计{2}个。",
        "Since the release before, {0} provisional and {1} final values were revised, {2} adjusted ones re-estimated.",
    ),
    "no_revision": ("与前次发布相比，没有修订。", "No published value has changed."),
    "previous": ("前次发布（点）", "Previously published (points)"),
    "current": ("本次发布（点）", "Published now (points)"),
    "revision": ("修订幅度（点）", "Revision (points)"),
    "notes": ("说明", "Notes"),
    "files": ("文件", "Files"),
    "earlier": ("上一版本", "Earlier"),
    "later": ("下一版本", "Later"),
    # revisions
    "revisions_title": ("修订三角", "Revision triangle"),
    "revisions_lead": (
        "每行为一个月份，每列为一个版本：横看可见同一月份历次发布的数值。未经季节调整的数据；季节调整后的各版本见发布包。",
        "One row a month, one column a vintage: read across, a row shows every published figure of its month. "
        "Unadjusted data; adjusted vintages are in the bundles.",
    ),
    "triangle_caption": ("{0}：最近{1}个月、最近{2}个版本", "{0}: last {1} months, last {2} vintages"),
    "changed_mark": ("与前一版本不同", "differs from the vintage before"),
    "show": ("显示", "Show"),
    # methodology
    "method_title": ("编制方法", "Methodology"),
    "method_lead": (
        "编制方案、公式、规则与每项方法选择的理由。正文以英文为主，附中文术语。",
        "How the index is made: formulas, rules, and the reason of every choice of method.",
    ),
    "method_rules": ("规则与分类树文件", "Files of rules and classification"),
    "decisions": ("方法决定", "Decisions on method"),
    "decisions_lead": (
        "每页一项方法选择：背景、决定、证据与后果。",
        "One choice of method a page: context, decision, evidence, consequences.",
    ),
    # calendar
    "calendar_title": ("发布日程", "Release calendar"),
    "calendar_lead": (
        "以下日期为最新版本所公告的发布日程。{0}",
        "Dates as the latest vintage announced them. {0}",
    ),
    "state_due": ("待发布", "Due"),
    "state_embargo": ("限时中：{0}（北京时间）前不公开", "Under embargo until {0} China time (UTC+8)"),
    "state_released": ("已发布", "Released"),
    "moved": ("原定{0}，因{1}顺延", "moved from {0}: {1}"),
    "may_move": ("放假安排公布后可能调整", "may move once the holidays are announced"),
    "corrected_short": ("已更正", "Corrected"),
    "coming": ("即将发布", "Coming"),
    "past": ("已发布", "Published"),
    "reference_month": ("报告期", "Month"),
    # API
    "api_title": ("数据接口", "Data API"),
    "api_lead": (
        "静态 JSON 与 CSV，地址长期不变，无需密钥。数值按发布的小数位给出；null 表示缺失或保密（obs_conf 为 C）。",
        "Static JSON and CSV at stable addresses, without a key. Numbers have the published decimals; null is missing "
        "or withheld (obs_conf C).",
    ),
    "api_path": ("地址", "Address"),
    "api_content": ("内容", "Content"),
    "api_example": ("示例", "Example"),
    "api_stable": (
        "v1 之内只增加字段，不改变已有字段的含义。{name} 为版本，{class_code} 为分类代码。",
        "Within v1 fields are only added; none changes its meaning. {name} is a vintage, {class_code} a class code.",
    ),
    "api_index": ("接口目录与最新版本", "what there is, and the latest vintage"),
    "api_latest": ("最新版本：导语、全部分类本月数值、文件", "latest vintage: headline, figures of every class, files"),
    "api_releases": ("历次发布的清单", "list of all releases"),
    "api_release": (
        "一个版本：导语、全部分类数值、修订、文件校验和",
        "one vintage: headline, figures of every class, revisions, checksums",
    ),
    "api_errata": ("更正公告：哪个版本更正了哪个版本", "errata: which release corrects which"),
    "api_calendar": ("发布日程与状态", "release calendar with states"),
    "api_classes": ("分类、层级、名称及其序列", "classes, levels, names, and their series"),
    "api_series": ("一个分类的全部序列与月份（最新版本）", "all series and months of a class (latest vintage)"),
    "api_series_csv": ("同上，indices.csv 中该分类的行", "the same: the rows of that class in indices.csv"),
    "api_vintages": (
        "实时数据：每个月份每次发布的数值（仅列变动，未经季节调整）",
        "real-time data: every published value of every month (changes only, unadjusted)",
    ),
    "api_vintages_csv": ("同上，全部分类", "the same for all classes"),
    "api_bundle": (
        "发布包原样副本，可用 shuibei-index verify 核验",
        "copy of the bundle as released; shuibei-index verify checks it",
    ),
}

#: What the scripts say; the same keys in both languages.
SCRIPT_WORDS = (
    "NSA", "SA", "TREND", "NSA_short", "SA_short", "TREND_short", "index_col", "mom_col", "yoy_col", "ytd_col", "month",
    "confidential", "none", "base_published", "base_year", "base_month", "rebased_note", "too_many", "nothing",
    "chart_with", "changed_mark",
)  # fmt: skip


def words(lang: str) -> dict[str, str]:
    """Return the words of one language, "zh" or "en"."""
    place = ("zh", "en").index(lang)
    return {key: pair[place] for key, pair in WORDS.items()}
