/* FreeRTOS for this guest: preemption, static memory, a tick of 1 kHz by the virtual timer. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include <stdint.h>

#define configUSE_PREEMPTION 1
#define configTICK_RATE_HZ 1000
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_64_BITS
#define configMAX_PRIORITIES 8
#define configMINIMAL_STACK_SIZE 512 /* words of 8 bytes */
#define configUSE_IDLE_HOOK 1
#define configUSE_TICK_HOOK 0

#define configSUPPORT_STATIC_ALLOCATION 1
#define configSUPPORT_DYNAMIC_ALLOCATION 0
#define configKERNEL_PROVIDED_STATIC_MEMORY 1

#define INCLUDE_xTaskDelayUntil 1

/* 16 priorities: every GICv3 shows so many at least, also to the Non-secure side. Critical sections mask, in
 * ICC_PMR_EL1, those from 0x90 on; the tick has 0xe0, which the port demands. */
#define configUNIQUE_INTERRUPT_PRIORITIES 16
#define configMAX_API_CALL_INTERRUPT_PRIORITY 9

void start_tick(void);
void next_tick(void);
#define configSETUP_TICK_INTERRUPT() start_tick()
#define configCLEAR_TICK_INTERRUPT() next_tick()

/* In main.rs: says where, and powers the zone off. */
void freertos_assertion_failed(const char *file, uint32_t line);
#define configASSERT(condition)                                                                                        \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            freertos_assertion_failed(__FILE__, __LINE__);                                                             \
    } while (0)

#endif
