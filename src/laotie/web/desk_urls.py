"""The desks' addresses, below /desk/."""

from django.urls import path

from laotie.web.pages import creator, desk, operator
from laotie.web.pages.merchant import coupons, money, orders, plans, products, today

urlpatterns = [
    path("", desk.choose_desk, name="desk"),
    path("shops/<id:shop_id>/", today.today, name="shop_today"),
    path("shops/<id:shop_id>/orders", orders.order_list, name="shop_orders"),
    path("shops/<id:shop_id>/orders/ship", orders.ship_many, name="shop_ship_many"),
    path("shops/<id:shop_id>/orders/<id:order_id>", orders.order, name="shop_order"),
    path("shops/<id:shop_id>/orders/<id:order_id>/ship", orders.ship, name="shop_ship"),
    path("shops/<id:shop_id>/orders/<id:order_id>/refund", orders.refund_unasked, name="shop_refund_unasked"),
    path("shops/<id:shop_id>/orders/<id:order_id>/settlement", money.settlement, name="shop_settlement"),
    path("shops/<id:shop_id>/refunds", orders.refund_list, name="shop_refunds"),
    path("shops/<id:shop_id>/refunds/<id:refund_id>/agree", orders.agree, name="shop_refund_agree"),
    path("shops/<id:shop_id>/refunds/<id:refund_id>/refuse", orders.refuse, name="shop_refund_refuse"),
    path("shops/<id:shop_id>/products", products.product_list, name="shop_products"),
    path("shops/<id:shop_id>/products/<id:product_id>", products.product, name="shop_product"),
    path("shops/<id:shop_id>/products/<id:product_id>/on", products.put_on_sale, name="shop_product_on"),
    path("shops/<id:shop_id>/products/<id:product_id>/off", products.take_off_sale, name="shop_product_off"),
    path(
        "shops/<id:shop_id>/products/<id:product_id>/skus/<id:sku_id>/price", products.set_price, name="shop_price"
    ),
    path(
        "shops/<id:shop_id>/products/<id:product_id>/skus/<id:sku_id>/receive",
        products.receive_stock,
        name="shop_receive",
    ),
    path(
        "shops/<id:shop_id>/products/<id:product_id>/skus/<id:sku_id>/adjust",
        products.adjust_stock,
        name="shop_adjust",
    ),
    path("shops/<id:shop_id>/plans", plans.plan_list, name="shop_plans"),
    path("shops/<id:shop_id>/plans/new", plans.open_plan, name="shop_open_plan"),
    path("shops/<id:shop_id>/plans/<id:plan_id>/close", plans.close_plan, name="shop_close_plan"),
    path("shops/<id:shop_id>/plans/<id:plan_id>/step", plans.set_step, name="shop_set_step"),
    path("shops/<id:shop_id>/plans/<id:plan_id>/step/drop", plans.drop_step, name="shop_drop_step"),
    path("shops/<id:shop_id>/coupons", coupons.coupon_list, name="shop_coupons"),
    path("shops/<id:shop_id>/coupons/new", coupons.offer, name="shop_offer_coupon"),
    path("shops/<id:shop_id>/coupons/<id:coupon_id>/close", coupons.close, name="shop_close_coupon"),
    path("shops/<id:shop_id>/money", money.money, name="shop_money"),
    path("shops/<id:shop_id>/staff", money.staff, name="shop_staff"),
    path("shops/<id:shop_id>/staff/add", money.add_staff, name="shop_add_staff"),
    path("shops/<id:shop_id>/staff/<id:account_id>/remove", money.remove_staff, name="shop_remove_staff"),
    path("creator/", creator.earnings, name="creator_earnings"),
    path("creator/earnings/<id:earning_id>", creator.earning, name="creator_earning"),
    path("creator/money", creator.money, name="creator_money"),
    path("creator/showcase", creator.showcase, name="creator_showcase"),
    path("creator/showcase/<id:product_id>/add", creator.add_to_showcase, name="creator_showcase_add"),
    path("creator/showcase/<id:product_id>/remove", creator.remove_from_showcase, name="creator_showcase_remove"),
    path("creator/showcase/<id:product_id>/move", creator.move_in_showcase, name="creator_showcase_move"),
    path("creator/selection", creator.selection, name="creator_selection"),
    path("agency/<id:agency_id>", creator.agency, name="agency_desk"),
    path("leader", creator.leader, name="leader_desk"),
    path("operator/", operator.rules, name="operator_rules"),
    path("operator/rules/versions", operator.versions, name="operator_versions"),
    path("operator/rules/publish", operator.publish, name="operator_publish"),
    path("operator/audit", operator.audit, name="operator_audit"),
    path("operator/shops", operator.shops, name="operator_shops"),
    path("operator/shops/<id:shop_id>/suspend", operator.suspend_shop, name="operator_suspend_shop"),
    path("operator/shops/<id:shop_id>/reinstate", operator.reinstate_shop, name="operator_reinstate_shop"),
    path("operator/accounts", operator.accounts, name="operator_accounts"),
    path("operator/accounts/<id:account_id>/block", operator.block_account, name="operator_block_account"),
    path(
        "operator/accounts/<id:account_id>/reinstate",
        operator.reinstate_account,
        name="operator_reinstate_account",
    ),
    path("operator/money", operator.money, name="operator_money"),
]
