/** The body of an upstream's response, as it arrives. */

/** Hands its bytes to a reader with one call each; a stream of Node's would take many. Can be read once. */
export interface UpstreamBody {
  read(reader: BodyReader): void;
  /** Makes the upstream wait. Bytes that are on their way still come. */
  pause(): void;
  resume(): void;
  /** Cuts the upstream off, unless it has ended. */
  cut(): void;
}

/** Any number of `bytes`, then one of the others. */
export interface BodyReader {
  bytes(bytes: Uint8Array): void;
  end(): void;
  /** The connection broke, was silent for too long, or was cut off. */
  broken(cause: unknown): void;
}
