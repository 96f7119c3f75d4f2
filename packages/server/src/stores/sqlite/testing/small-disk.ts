/** A real disk of a few megabytes that a test fills up. Only root on Linux can mount one. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'node:test';

export const canMount: boolean = process.platform === 'linux' && process.getuid?.() === 0 && mountWorks();

function mountWorks(): boolean {
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

/**
 * Mounts it until the test has ended. Returns its folder.
 * @param size as `mount` takes it, such as `3m`
 */
export async function mountSmallDisk(t: TestContext, size: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  t.after(async () => {
    execFileSync('umount', [folder]);
    await rm(folder, {recursive: true});
  });
  return folder;
}

/** Writes into a file until no room is left. */
export async function fillDisk(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(4096));
  } catch {
    // No room is left.
  } finally {
    await file.close();
  }
}
