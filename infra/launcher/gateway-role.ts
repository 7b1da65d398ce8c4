import type pino from 'pino';
import type { Ledgers } from '../../bounded-contexts/budgets/index.ts';
import { auditRecorder, followRetention, sayConfiguration } from '../../bounded-contexts/governance/index.ts';
import { defaultTenant, directory, type Principal } from '../../bounded-contexts/identity/index.ts';
import {
  aggregates,
  contentWriter,
  factWriter,
  parseSubject,
  systemClock,
} from '../../bounded-contexts/kernel/index.ts';
import { anthropicSurfaces } from '../../gateway/anthropic/index.ts';
import { managementApp, pathsOf } from '../../gateway/management/index.ts';
import { openAiSurfaces, storedResponses } from '../../gateway/openai/index.ts';
import { gateway } from '../../gateway/server.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { ratesWith } from '../../schemas/config/rates.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { tokenVerifier } from '../oidc/index.ts';
import { inProcessRates, redisRates } from '../rate-limits/index.ts';
import { ensureKeys } from './admin-key.ts';
import { authenticator } from './authenticate.ts';
import { type Configuration, withoutSecrets } from './configuration.ts';
import { healthChecks, limitsCheck } from './health-checks.ts';
import { startKnowledge } from './knowledge.ts';
import { gatewayMetrics } from './metrics.ts';
import { modelsOf, secretsIn } from './models.ts';
import { notaryOf } from './notary.ts';
import type { Parts } from './parts.ts';
import { providerSecrets } from './provider-secrets.ts';
import { startRouting } from './routing.ts';

export interface RunningGateway {
  readonly url: string;
  readonly adminKey: string | undefined;
  readonly notices: readonly string[];
  stop(): Promise<void>;
}

export interface GatewayRoleOptions {
  readonly configuration: Configuration;
  readonly parts: Parts;
  readonly store: ReadStore;
  readonly redisUrl: string | undefined;
  readonly instance: string;
  readonly logger: pino.Logger;
  readonly ledgers: Ledgers;
}

const stopMs = 30_000;
const rediscoverMs = 300_000;
const sweepMs = 300_000;
const retryDiscoveryMs = 5_000;
/** The use of a key is recorded at most so often, and looked for so often. */
const reportUseMs = 3_600_000;
const lookForUsesMs = 60_000;

/** Runs the HTTP surfaces. */
export async function startGateway(options: GatewayRoleOptions): Promise<RunningGateway> {
  const { configuration, parts, store, instance, logger, ledgers } = options;
  const { env, file, dataDir } = configuration;
  const { log, vault } = parts;
  const clock = systemClock;
  const problems = new Map<string, string>();
  const facts = factWriter({ log, clock, actor: `gateway:${instance}` });
  const audit = auditRecorder({
    facts,
    vault,
    clock,
    addresses: file.audit.addresses,
    onError: (error) => logger.warn({ error }, 'a refusal could not be recorded'),
  });
  const secrets = providerSecrets({
    log,
    facts,
    secrets: parts.secrets,
    actor: `gateway:${instance}`,
    onError: (error) => logger.error({ error }, 'the watch for changed secrets stopped'),
  });
  await secrets.open(secretsIn(file));
  const models = modelsOf(
    env,
    file,
    clock,
    (provider, error) => {
      problems.set(provider, error instanceof Error ? error.message : String(error));
      logger.warn({ provider, error }, 'a provider did not list its models');
    },
    secrets.of,
  );
  const rekeying = secrets.follow(secretsIn(file), models.rekey);
  let serving = false;
  const known = directory(log, clock, (error) => {
    logger.fatal({ error }, 'the directory of keys stopped');
    // A gateway that does not hear of revocations must not serve: it ends, and is started again.
    if (serving)
      queueMicrotask(() => {
        throw error;
      });
  });
  await Promise.all([known.ready, models.discover()]);
  serving = true;
  const { adminKey } = await ensureKeys({ log, clock }, known, env.DAYBOOK_ADMIN_KEY, dataDir);
  const routing = await startRouting({
    log,
    clock,
    facts,
    models,
    file,
    instance,
    onError: (what, error) => logger.warn({ what, error }, 'routing met an error without harm'),
  });
  await routing.publish();
  await sayConfiguration({ log, clock }, `gateway:${instance}`, withoutSecrets(file));
  await applyTimeZone(options);
  const discoverAnew = () =>
    void models
      .discover()
      .then(routing.publish)
      .catch((error: unknown) => logger.warn({ error }, 'what was discovered could not be published'));
  const rediscovery = setInterval(() => {
    if (problems.size === 0) return;
    problems.clear();
    discoverAnew();
  }, retryDiscoveryMs);
  // What may be given again for a day is not to lie there longer because nobody came.
  const sweeping = setInterval(() => {
    parts.commandReplies
      .sweep()
      .catch((error: unknown) => logger.warn({ error }, 'expired answers were not removed'));
    parts.uploads
      .sweep()
      .catch((error: unknown) => logger.warn({ error }, 'expired uploads were not removed'));
  }, sweepMs);
  const refresh = setInterval(discoverAnew, rediscoverMs);

  // What another process erased must not be readable from this one's memory, and what a process put on the log
  // but did not live to carry out is carried out here: erasing again changes nothing.
  let leaving = false;
  let forgetAnswers: (tenant: string) => void = () => {};
  const carryOut = async (erase: () => Promise<void>): Promise<void> => {
    while (!leaving) {
      try {
        await erase();
        return;
      } catch (error) {
        logger.warn({ error }, 'an erasure waits for the vault');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  };
  const erasures = log.subscribe(aggregates('subject'), [], { idleMs: 2_000 });
  const forgetting = (async () => {
    for await (const { commits } of erasures) {
      for (const { subject, commit } of commits) {
        for (const event of commit.events) {
          if (event.type !== 'subject.erased') continue;
          const { tenant } = parseSubject(subject);
          await carryOut(() => vault.erase(tenant, event.data.subject));
          forgetAnswers(tenant);
        }
      }
    }
  })().catch((error: unknown) => logger.error({ error }, 'the watch for erasures stopped'));

  // Likewise what has ended: its keys are not to stay in this process's memory.
  const ending = followRetention({
    log,
    vault,
    report: (error) => logger.warn({ error }, 'the end of a period waits for the vault'),
  });

  const contents = contentWriter(parts.contents);
  const reporting = setInterval(() => {
    for (const { tenant, key, at } of known.takeUses(reportUseMs))
      facts
        .append(tenant, 'key-uses', { type: 'key.used', data: { key, at: new Date(at).toISOString() } })
        .catch((error: unknown) => logger.warn({ error }, 'the use of a key could not be recorded'));
  }, lookForUsesMs);
  const onBug = (error: unknown, requestId: string) =>
    logger.error({ error, requestId }, 'an unexpected error');
  const checks = await healthChecks(options);
  const metrics = gatewayMetrics();
  const findResponse = storedResponses({ log, store, contentLog: parts.contents, vault, clock });
  const rates = options.redisUrl === undefined ? inProcessRates() : await redisRates(options.redisUrl);
  // A tenant's own limits come with its policies, from the log: in force as soon as the directory has heard.
  const limits = {
    rates,
    limitsOf: ({ tenant }: Principal) => ratesWith(file.limits.rates, known.tenant(tenant)?.policies.rates),
    onLimited: metrics.limited,
  };
  const authenticate = authenticator({
    log,
    clock,
    directory: known,
    tokens: tokenVerifier({ issuers: file.identity.issuers, clock }),
    vault,
    contents,
    onError: (error) => logger.warn({ error }, 'a person who came by a token could not be registered'),
  });
  const calls = {
    limits,
    ledgers,
    facts,
    contents,
    vault,
    clock,
    catalogue: models.catalogue,
    plan: routing.plan,
    breakers: routing.breakers,
    slots: routing.slots,
    latencies: routing.latencies,
    down: routing.down,
    providers: models.providers,
    replies: parts.replies,
    liveStreams: parts.liveStreams,
    callMs: file.limits.callMs,
    answerBytes: file.limits.answerBytes,
    minimumMaxTokens: file.limits.minimumMaxTokens,
    authenticate,
    audit,
    department: known.department,
    tenant: known.tenant,
    positions: parts.positions,
    bodyBytes: file.limits.bodyBytes,
    bodyDepth: file.limits.bodyDepth,
    onBug,
  };
  const knowledge = await startKnowledge(configuration, parts, store, calls, instance, logger);
  forgetAnswers = knowledge.service.cache.forget;
  const app = managementApp({
    log,
    clock,
    positions: parts.positions,
    vault,
    facts,
    contents,
    contentLog: parts.contents,
    ledgers,
    store,
    authenticate,
    audit,
    directory: known,
    catalogue: models.catalogue,
    calls,
    blobs: parts.blobs,
    uploads: parts.uploads,
    knowledge: knowledge.service,
    fileBytes: file.limits.fileBytes,
    onBug,
    findResponse,
    limits,
    commandReplies: parts.commandReplies,
    bodyBytes: file.limits.bodyBytes,
    bodyDepth: file.limits.bodyDepth,
    health: {
      checks: { ...checks.tests, limits: limitsCheck(rates, options.redisUrl) },
      metrics: metrics.page,
    },
    providerStates: routing.health.states,
    liveStreams: parts.liveStreams,
    notary: notaryOf(parts),
    passwords: parts.passwords,
    corsOrigins: file.http.corsOrigins,
    signInMs: file.identity.signInHours * 3_600_000,
    startedAt: clock(),
  });
  const server = gateway({
    calls,
    surfaces: new Map([...openAiSurfaces(findResponse), ...anthropicSurfaces]),
    app,
    limits: file.limits,
    http: file.http,
    onAnswer: metrics.answered(pathsOf(app)),
  });
  metrics.observe(server, routing.breakers.open, rates.shared);
  metrics.ages(parts.secrets.list);
  await listen(server.server, env.DAYBOOK_HOST, env.DAYBOOK_PORT);
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : env.DAYBOOK_PORT;
  const host = env.DAYBOOK_HOST === '0.0.0.0' || env.DAYBOOK_HOST === '::' ? 'localhost' : env.DAYBOOK_HOST;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    adminKey,
    notices: [
      ...(models.providers.size === 1
        ? [
            'No provider is configured: builtin/extractive answers, without a model. Set OPENAI_API_KEY, OLLAMA_HOST or another, or write a daybook.yaml.',
          ]
        : []),
      ...[...problems].map(
        ([provider, problem]) => `The provider ${provider} did not list its models: ${problem}`,
      ),
      ...secretsIn(file)
        .filter((name) => secrets.of(name) === undefined)
        .map((name) => `The secret ${name} is not set: \`daybook secrets set ${name}\`.`),
      ...models.notices(),
      ...(parts.masterKeys.source === 'environment'
        ? []
        : [
            `The master key is in ${parts.masterKeys.source}; without it no content can ever be read: keep a copy elsewhere.`,
          ]),
    ],
    async stop() {
      leaving = true;
      clearInterval(rediscovery);
      clearInterval(refresh);
      clearInterval(reporting);
      clearInterval(sweeping);
      await server.stop(stopMs);
      await knowledge.stop();
      await routing.stop();
      await audit.stop();
      await Promise.all([facts.drained(), contents.drained()]);
      await ending.stop();
      await Promise.all([erasures.stop(), known.stop(), checks.close(), rekeying.stop(), rates.close()]);
      await forgetting;
      await models.close();
    },
  };
}

/** The configured time zone is the default tenant's: on the log, so that its windows can be recomputed. */
async function applyTimeZone({ configuration, ledgers }: GatewayRoleOptions): Promise<void> {
  const { timeZone } = configuration.file;
  if (timeZone === 'UTC') return;
  await ledgers.configure(defaultTenant, { timeZone, actor: 'launcher' });
}

function listen(server: ReturnType<typeof gateway>['server'], host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new DaybookError(
              'config.invalid',
              `Port ${port} on ${host} is taken by another program; set DAYBOOK_PORT to a free one.`,
            )
          : error.code === 'EACCES'
            ? new DaybookError(
                'config.invalid',
                `Port ${port} may not be used by this account; set DAYBOOK_PORT to one above 1023.`,
              )
            : error,
      );
    });
    server.listen(port, host, () => resolve());
  });
}
