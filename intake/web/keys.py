"""What the doors share: keys of the aiohttp application."""

from collections.abc import Callable

from aiohttp import web

from config.settings import Settings
from intake.desk import Clock, Desk
from intake.errors import IntakeError
from intake.network import Network

ErrorPage = Callable[[web.Request, IntakeError], web.Response]

DESK = web.AppKey("desk", Desk)
NETWORK = web.AppKey("network", Network)
SETTINGS = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
RELEASE = web.AppKey("release", str)
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")  # set by pages.setup: how an error looks to a person
