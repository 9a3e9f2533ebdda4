import 'reflect-metadata';
import { Logger, Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, loadConfig } from '#config';
import { LockingModule, Locks } from '#locking';
import { ObservabilityModule } from '#observability';

Logger.overrideLogger(false); // Faults are made on purpose; what became of them is in the table.

@Module({})
class LockProgram {}

export interface LockProgramHandle {
  readonly locks: Locks;
  readonly get: INestApplicationContext['get'];
  close(): Promise<void>;
}

/**
 * Locks as a process of the shop has them.
 *
 * @param env wins over the process's environment
 * @param more what the process has beside them
 */
export async function openLocks(
  env: Readonly<Record<string, string>>,
  more: readonly DynamicModule[] = [],
): Promise<LockProgramHandle> {
  const config = loadConfig({ ...process.env, ...env });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    LockingModule.forRoot({ order: ['cart', 'order', 'stock'] }),
    LockingModule,
    ...more,
  ];
  const program = await NestFactory.createApplicationContext(
    { module: LockProgram, imports },
    { logger: false, abortOnError: false },
  );
  return {
    locks: program.get(Locks),
    get: program.get.bind(program),
    close: () => program.close(),
  };
}
