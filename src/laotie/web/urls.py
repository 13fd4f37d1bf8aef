"""The pages' addresses: a plain list, so that an address leads to its file."""

from django.urls import include, path, register_converter

from laotie.web.converters import IdConverter, NumberConverter
from laotie.web.pages import account, cart, coupons, home, mall, orders, shop, styleguide

register_converter(IdConverter, "id")
register_converter(NumberConverter, "number")

urlpatterns = [
    # the shop: what buyers see
    path("", home.home, name="home"),
    path("mall", mall.mall, name="mall"),
    path("p/<id:product_id>", shop.product, name="product"),
    path("s/<id:shop_id>", shop.shop, name="shop"),
    path("c/<id:creator_id>", shop.creator, name="creator"),
    path("follow", shop.follow, name="follow"),
    path("cart", cart.cart, name="cart"),
    path("cart/add", cart.add, name="cart_add"),
    path("cart/<id:item_id>", cart.change, name="cart_change"),
    path("checkout", cart.checkout, name="checkout"),
    path("pay/sandbox/<number:number>", cart.sandbox, name="pay_sandbox"),
    path("pay/<number:number>", cart.payment, name="payment"),
    path("orders", orders.orders, name="orders"),
    path("orders/<id:order_id>", orders.order, name="order"),
    path("orders/<id:order_id>/pay", orders.pay, name="order_pay"),
    path("orders/<id:order_id>/cancel", orders.cancel, name="order_cancel"),
    path("orders/<id:order_id>/receipt", orders.receive, name="order_receipt"),
    path("orders/<id:order_id>/refund/<id:line_id>", orders.ask_refund, name="order_refund"),
    path("orders/<id:order_id>/withdraw/<id:refund_id>", orders.withdraw, name="order_withdraw"),
    path("me", account.me, name="me"),
    path("me/addresses", account.addresses, name="addresses"),
    path("me/addresses/add", account.add_address, name="address_add"),
    path("me/addresses/<id:address_id>", account.edit_address, name="address_edit"),
    path("me/addresses/<id:address_id>/default", account.choose_default, name="address_default"),
    path("me/addresses/<id:address_id>/delete", account.delete_address, name="address_delete"),
    path("me/following", account.following, name="following"),
    path("me/coupons", coupons.mine, name="my_coupons"),
    path("coupons/<id:coupon_id>/take", coupons.take, name="coupon_take"),
    path("theme", account.choose_theme, name="choose_theme"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("desk/", include("laotie.web.desk_urls")),
]
