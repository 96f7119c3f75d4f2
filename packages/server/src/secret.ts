/** The secret that signs visitor tokens: created once, stored beside the database, readable by its own user only. */
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Reads the secret that is kept beside the database. If there is none, creates it. */
export function readOrCreateSecret(database: string): string {
  const file = join(dirname(database), 'secret');
  mkdirSync(dirname(file), {recursive: true});
  try {
    // `wx`: if two servers start at once, one creates the file and the other reads it.
    const secret = createSecret();
    writeFileSync(file, `${secret}\n`, {flag: 'wx', mode: 0o600});
    return secret;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 16) throw new Error(`${file} holds no secret. Delete it to get a new one; visitors start anew.`);
  return secret;
}
