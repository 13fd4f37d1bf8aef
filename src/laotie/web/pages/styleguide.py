"""The living page of the visual language: every token and component, as the site uses them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

SAMPLES = (
    ("安溪铁观音 清香型 250g", "/static/demo/tieguanyin.svg", 12_800, 16_800, 23_480, True, "观山茶舍"),
    ("18姆米桑蚕丝长巾 花鸟手绘", "/static/demo/silk-scarf.svg", 36_900, 0, 1_204, True, "织里坊"),
    ("烟台红富士苹果 5斤装 脆甜多汁", "/static/demo/apples.svg", 4_990, 5_990, 86_020, False, "果然鲜"),
    ("景德镇手绘青花盖碗", "/static/demo/gaiwan.svg", 25_850, 0, 640, True, "瓷言"),
)
TONES = ("waiting", "moving", "good", "bad", "hot", "")


class SampleForm(forms.Form):
    """A form with each kind of field, two of them at fault."""

    recipient = forms.CharField(label=_("Recipient"), max_length=40, initial="林晓")
    email = forms.EmailField(label=_("E-mail address"))
    region = forms.ChoiceField(label=_("Region"), choices=[("330100", "浙江 杭州"), ("350500", "福建 泉州")])
    note = forms.CharField(label=_("Note to the shop"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    default = forms.BooleanField(label=_("Use as my default address"), required=False, initial=True)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show tokens and components."""
    faulty = {"recipient": "林晓", "email": "lin.example", "region": "330100"}
    products = [
        dict(zip(("title", "picture", "price_fen", "was_fen", "sold", "free_shipping", "shop"), row, strict=True))
        for row in SAMPLES
    ]
    values = {"products": products, "form": SampleForm(), "faulty": SampleForm(faulty), "tones": TONES}
    return render(request, "styleguide/styleguide.html", values)
