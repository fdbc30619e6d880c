#!/bin/bash
# Runs after a package was removed: does electron-builder's own steps and removes files that those leave. rpm also runs this after an
# upgrade, with the number of versions that remain; the new version's link is there by then, so nothing may be removed.
# dpkg passes a word instead of a number, and after an upgrade creates all files again.
case $1 in [1-9]*) exit 0 ;; esac

if type update-alternatives >/dev/null 2>&1; then
  update-alternatives --remove '${executable}' '/opt/${sanitizedProductName}/${executable}'
fi
rm -f '/usr/bin/${executable}'

profile='/etc/apparmor.d/${executable}'
if [ -f "$profile" ]; then
  # In a chroot the kernel's profile belongs to another system.
  if apparmor_status --enabled >/dev/null 2>&1 && ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; } &&
    type apparmor_parser >/dev/null 2>&1; then
    apparmor_parser --remove "$profile" || true
  fi
  rm -f "$profile"
fi
# The profile as AppArmor compiled it, once for each kernel.
rm -f /var/cache/apparmor/*/'${executable}'

if type update-desktop-database >/dev/null 2>&1; then
  update-desktop-database /usr/share/applications || true
fi
