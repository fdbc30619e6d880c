"""PyInstaller runs this before its own hooks and before the server's entry point."""

from cachibot_desktop.server import frozen_modules

frozen_modules.install()
del frozen_modules
