"""Home and mall: where buyers look."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """Show the home page."""
    return render(request, "shop/home.html", {"place": "home"})


def mall(request: HttpRequest) -> HttpResponse:
    """Show what is on sale."""
    return render(request, "shop/mall.html", {"place": "mall"})
