// Stands in for the WebXR emulator packages in the shipped bundle; @pmndrs/xr imports them lazily and never here.
export class XRDevice {}
export class DevUI {}
export class SyntheticEnvironmentModule {}
export const metaQuest2 = {};
export const metaQuest3 = {};
export const metaQuestPro = {};
export const oculusQuest1 = {};
