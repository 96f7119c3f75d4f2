/** What the routes work with. */
import type {DirectTurns} from '../engine/direct-turns.ts';
import type {Models} from '../engine/models.ts';
import type {Report} from '../engine/report.ts';
import type {Store} from '../engine/store.ts';
import type {Turns} from '../engine/turns.ts';
import type {Auth} from './auth.ts';
import type {Idempotency} from './idempotency.ts';
import type {Limits} from './limits.ts';

/** What the widget shows before the first question. */
export interface PageConfig {
  readonly heading?: string;
  readonly subheading?: string;
  readonly greeting?: string;
  readonly introduction?: string;
  readonly starters?: readonly string[];
  readonly disclaimer?: string;
  readonly placeholder?: string;
}

export interface HttpServices {
  readonly auth: Auth;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
  readonly store: Store;
  readonly turns: Turns;
  readonly direct: DirectTurns;
  readonly models: Models;
  readonly pageConfig: PageConfig;
  readonly report: Report;
  /** Milliseconds of silence after which a stream says that it is alive. */
  readonly heartbeat: number;
}
