"""The cart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def cart(request: HttpRequest) -> HttpResponse:
    """Show the cart."""
    return render(request, "cart/cart.html", {"place": "cart"})
