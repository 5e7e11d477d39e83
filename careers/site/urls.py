"""Addresses of one company's career site; the whole URL map of a company's own host."""

from django.urls import re_path

from careers.site import crawlers, feed, interviews, look, pages

handler404 = "careers.site.pages.not_found"

# No redirects between spellings: readers of the feed do not follow them.
urlpatterns = [
    re_path(r"^$", pages.openings, name="openings"),
    re_path(r"^job/(?P<number>[0-9]{1,9})/?$", pages.position, name="position"),
    re_path(r"^job/(?P<number>[0-9]{1,9})/thanks/?$", pages.thanks, name="thanks"),
    re_path(r"^job/(?P<number>[0-9]{1,9})/form/?$", pages.embedded, name="embedded"),
    re_path(
        r"^job/(?P<number>[0-9]{1,9})/form/thanks/?$",
        pages.embedded_thanks,
        name="embedded-thanks",
    ),
    re_path(r"^interview/(?P<token>[\w.-]{1,200})/?$", interviews.choose, name="interview"),
    re_path(
        r"^interview/(?P<token>[\w.-]{1,200})/booked/?$",
        interviews.booked,
        name="interview-booked",
    ),
    re_path(r"^xml/?$", feed.feed, name="feed"),
    re_path(r"^logo$", look.logo, name="logo"),
    re_path(r"^look\.css$", look.stylesheet, name="look"),
    re_path(r"^robots\.txt$", crawlers.robots, name="robots"),
    re_path(r"^sitemap\.xml$", crawlers.sitemap, name="sitemap"),
]
