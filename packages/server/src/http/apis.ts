/** All APIs that this server speaks, one row each. */
import {agUiApi} from './apis/ag-ui/api.ts';
import {anthropicApi} from './apis/anthropic/api.ts';
import {chatApi} from './apis/chat/api.ts';
import {contentApi} from './apis/content/api.ts';
import {mcpApi} from './apis/mcp/api.ts';
import {ollamaApi} from './apis/ollama/api.ts';
import {openaiApi} from './apis/openai/api.ts';
import {pricedApi} from './apis/priced/api.ts';
import {responsesApi} from './apis/responses/api.ts';
import type {Api} from './operation.ts';

export interface ApisOptions {
  /** Serves clients of Ollama's own API, too. */
  readonly ollama?: boolean;
}

export function servedApis({ollama = false}: ApisOptions = {}): readonly Api[] {
  const always = [chatApi, contentApi, openaiApi, responsesApi, anthropicApi, agUiApi, mcpApi, pricedApi];
  return ollama ? [...always, ollamaApi] : always;
}
