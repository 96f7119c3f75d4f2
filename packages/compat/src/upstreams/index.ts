/** All emulated upstreams, in the order of the table in `docs/upstreams.md`. */
import {anthropic} from './anthropic.ts';
import {azure} from './azure.ts';
import {deepSeek} from './deepseek.ts';
import type {Emulator} from './emulator.ts';
import {gemini, geminiNative} from './gemini.ts';
import {groq} from './groq.ts';
import {llamaCpp} from './llama-cpp.ts';
import {lmStudio} from './lm-studio.ts';
import {mistral} from './mistral.ts';
import {ollama} from './ollama.ts';
import {openRouter} from './openrouter.ts';
import {openaiResponses} from './openai-responses.ts';
import {openai} from './openai.ts';
import {vllm} from './vllm.ts';
import {workersAi} from './workers-ai.ts';

export const emulators: readonly Emulator[] = [
  openai,
  openaiResponses,
  azure,
  anthropic,
  gemini,
  geminiNative,
  ollama,
  vllm,
  llamaCpp,
  lmStudio,
  openRouter,
  deepSeek,
  mistral,
  groq,
  workersAi,
];
