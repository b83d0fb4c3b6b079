from django.http import HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render

from .models import Entry


def index(request):
    return render(request, "entries/index.html", {"entries": Entry.objects.order_by("id")})


def add(request):
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    entry = Entry.objects.create(author=request.POST["author"], text=request.POST["text"])
    return JsonResponse({"id": entry.id}, status=201)
