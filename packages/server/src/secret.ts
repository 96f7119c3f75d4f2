/** The secret that visitor tokens are signed with: made once, kept beside the database, read by nobody else. */
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The secret in the file, which is created with a new one where it does not exist. */
export function secretIn(file: string): string {
  mkdirSync(dirname(file), {recursive: true});
  try {
    // `wx`: of two servers that start at once, one makes the file and the other reads it.
    const secret = newSecret();
    writeFileSync(file, `${secret}\n`, {flag: 'wx', mode: 0o600});
    return secret;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 16) throw new Error(`${file} holds no secret. Delete it to get a new one; visitors start anew.`);
  return secret;
}
