/**
 * Functions of the page as tools: the server offers them to the model, and a call waits for the page. Their definitions
 * come from a stranger, so they are checked in size and form, and never stand in the place of a tool of the server.
 */
import type {PageToolDefinition} from '@chatlet/protocol';
import {NeedsInput, type Tool, type Toolbox} from './tool.ts';
import {searchToolName} from './grounding/passages-prompt.ts';

export interface AcceptedPageTools {
  readonly pageTools?: readonly PageToolDefinition[];
  /** Names of fields of the request that the model does not get. */
  readonly ignored: readonly string[];
}

export type AcceptPageTools = (sent: readonly PageToolDefinition[] | null | undefined) => AcceptedPageTools;

/** `isOn`: the operator's setting. */
export function createAcceptPageTools({
  isOn,
  tools,
}: {
  readonly isOn: boolean;
  /** The server's, as they are now. */
  readonly tools: (() => Toolbox) | undefined;
}): AcceptPageTools {
  return (sent) => {
    if (!sent || sent.length === 0) return {ignored: []};
    if (!isOn) return {ignored: ['pageTools']};
    const taken = tools?.();
    const isTaken = ({name}: PageToolDefinition) => name === searchToolName || taken?.has(name) === true;
    return {
      pageTools: sent.filter((tool) => !isTaken(tool)),
      ignored: sent.filter(isTaken).map(({name}) => `pageTools.${name}`),
    };
  };
}

/** The visitor must allow each call, unless the function changes nothing. */
export function toPageTool({name, description, inputSchema, annotations}: PageToolDefinition): Tool {
  return {
    name,
    description,
    inputSchema,
    ...(annotations && {annotations}),
    runsOn: 'page',
    prepare: () => ({
      needsApproval: annotations?.readOnlyHint !== true,
      run: async () => {
        throw new NeedsInput({ask: 'page'});
      },
    }),
  };
}
