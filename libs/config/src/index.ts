export { Config, loadConfig, InvalidSetting } from './config.js';
export { ConfigModule } from './config.module.js';
