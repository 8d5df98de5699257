"""The package's version, as installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("shuibei_index")
except PackageNotFoundError:
    # run from a folder that was never installed
    __version__ = "0+unknown"
