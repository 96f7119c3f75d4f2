/** Decodes bodies that an upstream compressed although it was asked not to. Knows no dialect. */
import {
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
  createBrotliDecompress,
  createGunzip,
  createInflate,
} from 'node:zlib';
import {ChatError} from '@chatlet/protocol';
import type {UpstreamBody} from './upstream-body.ts';

const decoders: Readonly<Record<string, () => Gunzip | Inflate | BrotliDecompress>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** @throws ChatError `provider-error` that names an encoding which is not known here */
export function decodeBody(body: UpstreamBody, encoding: string | undefined): UpstreamBody {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const createDecoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (!createDecoder) {
    body.cut();
    const cause = new Error(`The upstream encodes its body as ${JSON.stringify(name.slice(0, 40))}.`);
    throw new ChatError('provider-error', undefined, {cause, retryable: false});
  }
  const decoder = createDecoder();
  return {
    read(reader) {
      let isOver = false;
      const breakOff = (cause: unknown) => {
        if (isOver) return;
        isOver = true;
        decoder.destroy();
        reader.broken(cause);
      };
      decoder.on('data', (bytes: Uint8Array) => reader.bytes(bytes));
      decoder.on('drain', () => body.resume());
      decoder.on('end', () => {
        isOver = true;
        reader.end();
      });
      decoder.on('error', (cause) => {
        breakOff(cause);
        body.cut();
      });
      body.read({
        bytes(bytes) {
          if (!isOver && !decoder.write(bytes)) body.pause();
        },
        end: () => decoder.end(),
        broken: breakOff,
      });
    },
    pause: () => void decoder.pause(),
    resume: () => void decoder.resume(),
    cut: () => body.cut(),
  };
}
