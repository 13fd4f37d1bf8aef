"""The pages' addresses: a plain list, so that an address leads to its file."""

from django.urls import path

from laotie.web.pages import account, cart, shop, styleguide

urlpatterns = [
    path("", shop.home, name="home"),
    path("mall", shop.mall, name="mall"),
    path("cart", cart.cart, name="cart"),
    path("me", account.me, name="me"),
    path("theme", account.choose_theme, name="choose_theme"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
