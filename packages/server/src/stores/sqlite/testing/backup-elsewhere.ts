/** Makes a backup in a process of its own: this file is both sides of it. */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {type BackupOptions, type BackupReport, backUp} from '../backup.ts';

const file = fileURLToPath(import.meta.url);

export async function backUpElsewhere(options: BackupOptions): Promise<BackupReport> {
  const child = fork(file, ['child', JSON.stringify(options)], {execArgv: ['--conditions=@chatlet/source']});
  const [report] = await once(child, 'message');
  return report as BackupReport;
}

const [role, options] = process.argv.slice(2);
if (role === 'child' && process.argv[1] === file && options !== undefined) {
  process.send?.(backUp(JSON.parse(options) as BackupOptions));
  process.disconnect();
}
