import { openSecret, type SecretStore } from '../../bounded-contexts/governance/index.ts';
import {
  aggregates,
  type EventLog,
  type FactWriter,
  hideSecrets,
} from '../../bounded-contexts/kernel/index.ts';

export interface ProviderSecrets {
  /** The value, as it was last opened. */
  of(name: string): string | undefined;
  /** Opens these now; each opening is on the log. */
  open(names: readonly string[]): Promise<void>;
  /** Opens those of `names` anew that are set or removed, and tells. */
  follow(names: readonly string[], onChange: (name: string) => void): { stop(): Promise<void> };
}

export interface ProviderSecretsOptions {
  readonly log: EventLog;
  readonly facts: FactWriter;
  readonly secrets: SecretStore;
  /** `<role>:<instance>`. */
  readonly actor: string;
  readonly onError: (error: unknown) => void;
}

/** Keys of providers that lie in the vault, in the memory of the process that needs them. */
export function providerSecrets(options: ProviderSecretsOptions): ProviderSecrets {
  const { log, facts, secrets, actor, onError } = options;
  const values = new Map<string, string>();

  async function open(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const value = await openSecret({ facts, secrets }, { name, purpose: 'the key of a provider', actor });
      if (value === undefined) values.delete(name);
      else {
        hideSecrets(value);
        values.set(name, value);
      }
    }
  }

  /** A vault that is away is waited for: the old value may be refused by the provider already. */
  async function openInTime(name: string): Promise<void> {
    for (;;) {
      try {
        return await open([name]);
      } catch (error) {
        onError(error);
        if (stopped) return;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  let stopped = false;
  return {
    of: (name) => values.get(name),
    open,
    follow(names, onChange) {
      if (names.length === 0) return { stop: async () => {} };
      const since = Date.now();
      const subscription = log.subscribe(aggregates('secret'), [], { idleMs: 2_000 });
      const running = (async () => {
        for await (const { commits } of subscription) {
          for (const { commit } of commits) {
            for (const event of commit.events) {
              // What was set before is what was opened at the start.
              if (commit.at < since - 60_000) continue;
              if (event.type !== 'secret.set' && event.type !== 'secret.removed') continue;
              const { secret } = event.data;
              if (!names.includes(secret)) continue;
              await openInTime(secret);
              onChange(secret);
            }
          }
        }
      })().catch(onError);
      return {
        stop: async () => {
          stopped = true;
          await subscription.stop();
          await running;
        },
      };
    },
  };
}
