/** Fetches a part of our code that not every page needs. */
import {ChatError} from '@chatlet/protocol';

/** @throws ChatError `network` if it cannot be fetched */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    throw new ChatError('network', undefined, {cause});
  }
}
