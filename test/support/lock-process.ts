import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, loadConfig } from '#config';
import { LockingModule, Locks } from '#locking';
import { ObservabilityModule } from '#observability';

Logger.overrideLogger(false); // Faults are made on purpose; what became of them is in the table.

@Module({})
class LockProgram {}

export interface LockProgramHandle {
  readonly locks: Locks;
  close(): Promise<void>;
}

/** Locks as a process of the shop has them. @param env wins over the process's environment */
export async function openLocks(env: Readonly<Record<string, string>>): Promise<LockProgramHandle> {
  const config = loadConfig({ ...process.env, ...env });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    LockingModule.forRoot({ order: ['cart', 'order', 'stock'] }),
  ];
  const program = await NestFactory.createApplicationContext(
    { module: LockProgram, imports },
    { logger: false, abortOnError: false },
  );
  return { locks: program.get(Locks), close: () => program.close() };
}
