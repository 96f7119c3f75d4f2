/** Says that this Node is too old. Uses nothing that an old Node has not, and the program loads it before all that does. */
import {readFileSync} from 'node:fs';

/** A sentence if Node is older than the package's `engines` ask for. Bun and Deno name a Node that they only imitate. */
export function findOldNode({node, bun, deno}: NodeJS.ProcessVersions): string | undefined {
  if (bun !== undefined || deno !== undefined) return undefined;
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const [, needed = ''] = /"node": ">=([\d.]+)"/.exec(manifest) ?? [];
  if (isAtLeast(node, needed)) return undefined;
  return `Chatlet needs Node ${needed} or newer, and this is Node ${node}. Install a newer one: https://nodejs.org`;
}

function isAtLeast(current: string, needed: string): boolean {
  const [major = 0, minor = 0] = current.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}
