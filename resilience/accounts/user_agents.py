"""What a browser says it is, as a short code that is kept, and in words. Enough to tell one's own devices apart."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_BROWSERS = (  # the first that fits: most pretend to be the ones further down
    ("MicroMessenger", "wechat", gettext_lazy("WeChat")),
    ("DingTalk", "dingtalk", gettext_lazy("DingTalk")),
    ("HuaweiBrowser", "huawei", gettext_lazy("Huawei Browser")),
    ("MiuiBrowser", "xiaomi", gettext_lazy("Xiaomi Browser")),
    ("QQBrowser", "qq", gettext_lazy("QQ Browser")),
    ("UCBrowser", "uc", gettext_lazy("UC Browser")),
    ("Edg", "edge", "Edge"),
    ("Firefox", "firefox", "Firefox"),
    ("Chrome", "chrome", "Chrome"),
    ("Safari", "safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "harmony", "HarmonyOS"),
    ("OpenHarmony", "harmony", "HarmonyOS"),
    ("iPhone", "iphone", "iPhone"),
    ("iPad", "ipad", "iPad"),
    ("Android", "android", gettext_lazy("Android phone")),
    ("Windows", "windows", gettext_lazy("Windows computer")),
    ("Mac OS X", "mac", "Mac"),
    ("Linux", "linux", gettext_lazy("Linux computer")),
)


def device_code(user_agent: str) -> str:
    """'wechat/android'; a part that is not known is '?'."""
    told = user_agent[:400]
    parts = (next((code for sign, code, _words in kinds if sign in told), "?") for kinds in (_BROWSERS, _SYSTEMS))
    return "/".join(parts)


def device_words(code: str) -> str:
    """'WeChat, Android phone'."""
    browser, _slash, system = code.partition("/")
    words = [_words(_BROWSERS, browser), _words(_SYSTEMS, system)]
    return _(", ").join(word for word in words if word) or _("Unknown device")


def _words(kinds: tuple[tuple[str, str, object], ...], code: str) -> str:
    return next((str(words) for _sign, known, words in kinds if known == code), "")
