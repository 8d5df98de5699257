"""A bundle that is not there is wrong usage; one that does not hold is a result."""

from shuibei_index.cli import main


def test_no_folder_of_that_name_is_wrong_usage(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "nothing")]) == 2
    zh, en = capsys.readouterr().err.splitlines()
    assert "不是文件夹" in zh and "releases/2025-06" in zh and "is not a folder" in en
