/** `/mcp`: the site's documents for agents of others, by the Model Context Protocol. */
import type {Api} from '../../operation.ts';
import {mcpOperation} from './mcp.ts';

export const mcpApi: Api = {operations: [mcpOperation]};
