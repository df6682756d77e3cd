"""WeChat's browser, in which many open their link: how it calls itself, and what it has not got or keeps to itself."""

from typing import Final

USER_AGENT: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 15_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " MicroMessenger/8.0.49(0x1800312b) NetType/4G Language/zh_CN"
)
# Runs before any script of a page. A pop-up of the page itself is missing only in older ones; the rest in every one.
WITHOUT: Final = """(() => {
    const missing = [
        [Navigator.prototype, "serviceWorker", "share", "canShare", "clipboard"],
        [window, "PushManager", "Notification", "BarcodeDetector"],
        [HTMLDialogElement.prototype, "showModal"],
    ];
    for (const [owner, ...names] of missing) for (const name of names) delete owner[name];
})()"""
