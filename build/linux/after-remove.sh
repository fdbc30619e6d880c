#!/bin/bash
# What runs when a package has gone: electron-builder's own steps, and what they leave. rpm runs this after an upgrade too
# and says how many versions are left; the new one's link is already there then, so there is nothing to remove. dpkg says
# in words what it does, and after an upgrade lays everything anew.
case $1 in [1-9]*) exit 0 ;; esac

if type update-alternatives >/dev/null 2>&1; then
  update-alternatives --remove '${executable}' '/opt/${sanitizedProductName}/${executable}'
fi
rm -f '/usr/bin/${executable}'

profile='/etc/apparmor.d/${executable}'
if [ -f "$profile" ]; then
  # In a chroot the kernel's profile is that of another system.
  if apparmor_status --enabled >/dev/null 2>&1 && ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; } &&
    type apparmor_parser >/dev/null 2>&1; then
    apparmor_parser --remove "$profile" || true
  fi
  rm -f "$profile"
fi
# As AppArmor has compiled it, once for each kernel.
rm -f /var/cache/apparmor/*/'${executable}'

if type update-desktop-database >/dev/null 2>&1; then
  update-desktop-database /usr/share/applications || true
fi
