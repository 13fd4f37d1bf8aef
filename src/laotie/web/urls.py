"""The pages' addresses: a plain list, so that an address leads to its file."""

from django.urls import include, path, register_converter

from laotie.web.converters import IdConverter, NumberConverter
from laotie.web.pages import account, after_sale, cart, coupons, home, joining, mall, orders, shop, styleguide

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
    path("orders/<id:order_id>/destination", orders.change_destination, name="order_destination"),
    path("orders/<id:order_id>/receipt", orders.receive, name="order_receipt"),
    path("orders/<id:order_id>/after-sale/<id:line_id>", after_sale.ask, name="order_after_sale"),
    path("after-sale/<id:case_id>", after_sale.case, name="after_sale"),
    path("after-sale/<id:case_id>/withdraw", after_sale.withdraw, name="after_sale_withdraw"),
    path("after-sale/<id:case_id>/send-back", after_sale.send_back, name="after_sale_send_back"),
    path("after-sale/<id:case_id>/receive", after_sale.receive, name="after_sale_receive"),
    path("after-sale/<id:case_id>/dispute", after_sale.dispute, name="after_sale_dispute"),
    path("after-sale/<id:case_id>/evidence", after_sale.evidence, name="after_sale_evidence"),
    path("after-sale/<id:case_id>/appeal", after_sale.appeal, name="after_sale_appeal"),
    path("evidence/<id:evidence_id>", after_sale.picture, name="evidence_picture"),
    path("me", account.me, name="me"),
    path("me/addresses", account.addresses, name="addresses"),
    path("me/addresses/add", account.add_address, name="address_add"),
    path("me/addresses/<id:address_id>", account.edit_address, name="address_edit"),
    path("me/addresses/<id:address_id>/default", account.choose_default, name="address_default"),
    path("me/addresses/<id:address_id>/delete", account.delete_address, name="address_delete"),
    path("me/following", account.following, name="following"),
    path("me/coupons", coupons.mine, name="my_coupons"),
    path("coupons/<id:coupon_id>/take", coupons.take, name="coupon_take"),
    path("join", joining.choose, name="joining"),
    path("join/<slug:kind>", joining.join, name="join"),
    path("join/<slug:kind>/verify", joining.verify, name="join_verify"),
    path("join/<slug:kind>/identity", joining.identity, name="join_identity"),
    path("join/<slug:kind>/papers", joining.add_paper, name="join_paper"),
    path("join/<slug:kind>/withdraw", joining.withdraw, name="join_withdraw"),
    path("papers/<id:paper_id>", joining.paper, name="paper_picture"),
    path("theme", account.choose_theme, name="choose_theme"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("desk/", include("laotie.web.desk_urls")),
]
