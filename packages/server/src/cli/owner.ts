/** The owner that a command is about, and the database with everything of that owner. */
import {ownerOf} from '../engine/identity.ts';
import type {Owner} from '../engine/store.ts';
import {createVisitorTokens} from '../engine/visitor-tokens.ts';
import {readOrCreateSecret} from '../secret.ts';
import {type CommandCall, CommandError, misused} from './command.ts';
import {findDatabase} from './database-file.ts';

export const ownerOptions = {
  owner: {value: 'OWNER'},
  visitor: {value: 'VISITOR'},
  user: {value: 'USER'},
};

export interface OwnedData {
  readonly owner: Owner;
  /** The path of the database. */
  readonly path: string;
}

/**
 * @throws CommandError unless exactly one of the options is set, and for a visitor's token that is not valid here
 * @throws ChatError `not-found` if there is no database
 */
export async function findOwnedData({env, options: {owner, visitor, user}}: CommandCall): Promise<OwnedData> {
  const [, ...more] = [owner, visitor, user].filter((each) => each !== undefined);
  const named = owner ?? visitor ?? user;
  if (named === undefined || more.length > 0) {
    throw new CommandError(
      'Name one owner: --owner visitor:ID, user:NAME or key:ACCOUNT; --visitor ID; or --user NAME.',
      {exitCode: misused},
    );
  }
  const {server, path} = await findDatabase(env);
  if (owner !== undefined) return {owner, path};
  if (user !== undefined) return {owner: ownerOf('user', user), path};
  return {owner: ownerOfVisitor(named, server.secret ?? readOrCreateSecret(path)), path};
}

/** The visitor with this token, as the page has it, or with this id. */
function ownerOfVisitor(visitor: string, secret: string): Owner {
  if (!/^v\d+\./.test(visitor)) return ownerOf('visitor', visitor);
  const owner = createVisitorTokens(secret).find(visitor);
  if (owner !== undefined) return owner;
  throw new CommandError('The token is not one of this server’s visitors. Check CHATLET_SECRET, or give the ID.', {
    exitCode: misused,
  });
}
