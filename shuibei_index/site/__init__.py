"""The public website: static pages, charts and data of all releases of a workspace, from the bundles alone."""

from shuibei_index.site.build import build_site
from shuibei_index.site.result import SiteResult

__all__ = ["SiteResult", "build_site"]
