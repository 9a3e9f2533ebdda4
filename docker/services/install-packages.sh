#!/bin/sh
# Installs Debian packages without starting or enabling anything: what a package would start belongs to the system, and the scripts
# start instances of their own. All that is set up for this is taken away again, also after a signal.
#   sh install-packages.sh postgresql redis-server
set -eu
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
mark='holdfast: services stay down while packages are installed'
if [ -e "$policy" ] && grep -qs "$mark" "$policy"; then rm -f "$policy"; fi
made_policy=; made_folders=
clean() {
  [ -z "$made_policy" ] || rm -f "$policy"
  rm -f "$clusters/holdfast.conf"
  for folder in $made_folders; do rmdir "$folder" 2>/dev/null || true; done
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" > "$policy"; chmod 755 "$policy"; made_policy=1
fi
for folder in /etc/postgresql-common "$clusters"; do
  [ -d "$folder" ] || { mkdir "$folder"; made_folders="$folder $made_folders"; }
done
echo 'create_main_cluster = false' > "$clusters/holdfast.conf"
apt-get -o DPkg::Lock::Timeout=120 update || echo 'update failed: trying with the lists that are here'
apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
  for package in "$@"; do systemctl disable --quiet "$package" || true; done
fi
