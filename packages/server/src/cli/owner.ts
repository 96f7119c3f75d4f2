/** The owner that a command is about, by the options that all such commands have in common. */
import {ownerOf} from '../engine/identity.ts';
import type {Owner} from '../engine/store.ts';
import {type CommandCall, CommandError, misused} from './command.ts';

export const ownerOptions = {
  owner: {value: 'OWNER'},
  visitor: {value: 'VISITOR'},
  user: {value: 'USER'},
};

/** @throws CommandError unless exactly one of the options is set */
export function ownerIn({options}: CommandCall): Owner {
  const {owner, visitor, user} = options;
  const owners = [
    owner,
    visitor === undefined ? undefined : ownerOf('visitor', idOfVisitor(visitor)),
    user === undefined ? undefined : ownerOf('user', user),
  ].filter((each) => each !== undefined);
  const [only, more] = owners;
  if (only !== undefined && more === undefined) return only;
  throw new CommandError(
    'Name one owner: --owner visitor:ID, user:NAME or key:ACCOUNT; --visitor ID; or --user NAME.',
    {
      exitCode: misused,
    },
  );
}

/** A visitor's token holds the id: `v1.ID.SIGNATURE`. */
function idOfVisitor(visitor: string): string {
  const [, id = visitor] = /^v1\.([^.]+)\.[^.]+$/.exec(visitor) ?? [];
  return id;
}
