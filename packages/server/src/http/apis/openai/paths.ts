/** The paths of OpenAI's API, with the prefixes that clients of Groq and of Azure add to them. */
import {isObject} from '@chatlet/protocol';
import type {Request} from 'express';

/** All paths of an API such as `/embeddings`. */
export function openaiPaths(path: string): readonly string[] {
  return [`/v1${path}`, `/openai/v1${path}`, `/openai/deployments/:model${path}`];
}

/** The body; clients of Azure name its model in the path. */
export function withDeployment({params: {model}, body}: Request): unknown {
  return model === undefined || !isObject(body) ? body : {...body, model};
}
