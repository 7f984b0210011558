# shellcheck shell=dash
# A stub of OpenWrt's /lib/functions.sh: what its packages' scripts call, as OpenWrt documents it.
# shellcheck disable=SC2013,SC2154

default_postinst() {
  list="$root/usr/lib/opkg/info/$pkgname.list"
  if [ -z "$root" ]; then
    for script in $(grep "^/etc/uci-defaults/" "$list"); do
      # shellcheck disable=SC1090
      if [ -f "$script" ] && (. "$script"); then rm -f "$script"; fi
    done
  fi
  for script in $(grep "^/etc/init.d/" "$list"); do
    "$root/etc/rc.common" "$root$script" enable
    if [ -z "$root" ]; then "$script" start; fi
  done
}

default_prerm() {
  list="$root/usr/lib/opkg/info/$pkgname.list"
  for script in $(grep "^/etc/init.d/" "$list"); do
    if [ "$PKG_UPGRADE" != 1 ]; then "$root/etc/rc.common" "$root$script" disable; fi
    if [ -z "$root" ]; then "$script" stop; fi
  done
}
