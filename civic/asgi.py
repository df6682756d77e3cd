"""The ASGI entry point, for servers that want one; the product itself runs on WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civic.settings")
application = get_asgi_application()
