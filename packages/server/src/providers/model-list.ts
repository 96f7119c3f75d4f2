/** Fetches an upstream's list of models. Knows neither the shape of its entries nor how many pages there are. */
import {ChatError, parseJson} from '@chatlet/protocol';
import {mapErrorResponse} from './error-mapping.ts';
import {type Upstream, readErrorText, readWholeText} from './upstream.ts';

/** The parsed body; undefined if it is no JSON. @throws ChatError if the upstream cannot be reached or refuses */
export async function fetchModelList(
  upstream: Upstream,
  path: string,
  {signal}: {signal: AbortSignal},
): Promise<unknown> {
  const response = await upstream.get(path, {signal});
  if (response.statusCode !== 200) throw mapErrorResponse(response, {body: await readErrorText(response)});
  return parseJson(await readWholeText(response));
}

/** For a body that is no list of models. */
export function noModelList(): ChatError {
  return new ChatError('provider-error', undefined, {cause: new Error('The upstream lists no models.')});
}
