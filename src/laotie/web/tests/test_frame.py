"""The frame every page hangs in: languages, themes, errors, assets."""

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation

pytestmark = pytest.mark.django_db
OPEN_PAGES = ["", "mall", "cart", "me", "styleguide"]
ACCOUNT_PAGES = ["accounts/login/", "accounts/signup/", "accounts/login/code/", "accounts/password/reset/"]


@pytest.mark.parametrize("address", [*OPEN_PAGES, *ACCOUNT_PAGES])
def test_a_page_opens_in_both_languages_for_a_visitor(client: Client, address: str) -> None:
    chinese = client.get(f"/{address}")
    english = client.get(f"/{address}", headers={"Accept-Language": "en"})
    assert chinese.status_code == english.status_code == 200
    assert '<html lang="zh-Hans"' in chinese.content.decode()
    assert '<html lang="en"' in english.content.decode()


@pytest.mark.parametrize("address", [*OPEN_PAGES, *ACCOUNT_PAGES])
def test_components_are_rendered_not_left_as_tags(client: Client, address: str) -> None:
    assert "<c-" not in client.get(f"/{address}").content.decode()


def test_the_chosen_theme_is_kept_in_a_cookie(client: Client) -> None:
    answer = client.post("/theme", {"theme": "dark", "next": "/mall"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/mall")
    assert 'data-theme="laotie-dark"' in client.get("/").content.decode()
    client.post("/theme", {"theme": "device"})
    assert "data-theme" not in client.get("/").content.decode()


def test_choosing_a_theme_never_leads_to_another_site(client: Client) -> None:
    answer = client.post("/theme", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_a_missing_page_says_so_in_the_readers_language(client: Client) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_the_error_page_needs_no_request() -> None:
    with translation.override("en"):
        assert "Something went wrong on our side" in Template('{% include "500.html" %}').render(Context())


def test_scripts_carry_the_nonce_of_the_policy(client: Client) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    for nonce in [part.split('"')[0] for part in answer.content.decode().split('nonce="')[1:]]:
        assert f"'nonce-{nonce}'" in policy


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{{ 123456|fen }}", "¥1,234.56"),
        ("{{ -50|fen }}", "-¥0.50"),
        ("{{ 123456|whole }}.{{ 123456|cents }}", "1,234.56"),
        ("{{ -50|whole }}", "-0"),
        ("{{ 1250|percent }}", "12.5%"),
        ("{{ 100|fen:'USD' }}", "$1.00"),
        ("{{ 100|fen:'XYZ' }}", "XYZ 1.00"),
    ],
)
def test_amounts_are_written_as_people_read_them(source: str, written: str) -> None:
    assert Template("{% load laotie %}" + source).render(Context()) == written


def test_counts_are_shortened_in_each_languages_way() -> None:
    template = Template("{% load laotie %}{{ 9999|brief }} {{ 23480|brief }}")
    with translation.override("zh-hans"):
        assert template.render(Context()) == "9999 2.3万"
    with translation.override("en"):
        assert template.render(Context()) == "9,999 23K"


def test_a_name_with_markup_stays_text(rf: RequestFactory) -> None:
    template = Template('<c-avatar :name="name" /><c-product-card :title="name" :price_fen="100" />')
    written = template.render(Context({"name": "<script>alert(1)</script>", "request": rf.get("/")}))
    assert "<script>" not in written
