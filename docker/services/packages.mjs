import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { execute } from './execute.mjs';
import { findProgram } from './programs.mjs';
import { Advice } from './terminal.mjs';

/** Package managers by the program that gives them away, with the command that a person would type. */
const MANAGERS = /** @type {const} */ ([
  ['apt', 'apt-get', 'sudo apt-get update && sudo apt-get install -y'],
  ['dnf', 'dnf', 'sudo dnf install -y'],
  ['pacman', 'pacman', 'sudo pacman -S --needed'],
  ['apk', 'apk', 'sudo apk add'],
  ['brew', 'brew', 'brew install'],
]);

/**
 * Installs without starting or enabling anything: what a package would start belongs to the system, and it is our own
 * instances that we want. All that is set up for this is taken away again, also after a signal.
 */
const SCRIPT = `
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
  printf '#!/bin/sh\\n# %s\\nexit 101\\n' "$mark" > "$policy"; chmod 755 "$policy"; made_policy=1
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
`;

/** How packages can be installed without asking anybody: the command's beginning, or null. @returns {string[] | null} */
export function installer() {
  if (process.platform !== 'linux' || !findProgram(['apt-get'])) return null;
  if (process.getuid?.() === 0) return ['sh'];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n', 'sh'] : null;
}

/**
 * @param {readonly string[]} beginning from {@link installer} @param {readonly string[]} packages
 * @param {string} folder for the log
 */
export async function installPackages([command = 'sh', ...rest], packages, folder) {
  mkdirSync(folder, { recursive: true });
  const args = [...rest, '-c', `exec 2>&1; ${SCRIPT}`, 'install', ...packages];
  const { code, tail } = await execute(command, args, { logFile: path.join(folder, 'packages.log') });
  if (code !== 0) throw new Advice(`apt-get could not install ${packages.join(' ')}:\n${tail}`);
}

/**
 * What a person can do where nothing could be started.
 *
 * @param {readonly import('./targets.mjs').Target[]} missing
 */
export function advice(missing) {
  const titles = [...new Set(missing.map(({ kind }) => kind.title))].join(', ');
  const variables = [...new Set(missing.map(({ kind }) => kind.variable))].join(', ');
  const manager = MANAGERS.find(([, program]) => findProgram([program]));
  const packages = manager && [...new Set(missing.map(({ kind }) => kind.packages[manager[0]]))].join(' ');
  const install = manager
    ? `Install them:  ${manager[2]} ${packages}`
    : `Install ${titles} with the means of this system`;
  return [
    `Missing: ${titles}. They do not answer, no Docker engine does, and their programs are not installed here (or too old).`,
    `  ${install}`,
    `  or start Docker, or point ${variables} (in .env or the environment) at servers that run.`,
    '  Then give the same command again: it starts instances of its own and leaves the system untouched.',
  ].join('\n');
}
