/**
 * Servers that Daybook starts for itself, on loopback and a port of their own: nats-server and redis-server
 * from PATH, Postgres from npm. Whoever starts one ends it; nothing that runs already is ever touched.
 */

export { type NatsServer, natsVersion, startNats } from './nats.ts';
export { forsakenPostgres, type PostgresServer, postgresDataDir, startPostgres } from './postgres.ts';
export { findBinary, freePort, type OwnServer, startServer } from './process.ts';
export { type RedisServer, redisVersion, startRedis } from './redis.ts';
