"""The public API, assembled from the modules' routers."""

from ninja import NinjaAPI

api = NinjaAPI(title="laotie", version="1", docs_url="docs", openapi_url="openapi.json")
