/* A task with a period of 10 ms, and what could disturb it: a task that masks interrupts time and again when a period is
 * about to end, and one that prints. Otherwise the vCPU waits. */

#include "FreeRTOS.h"
#include "queue.h"
#include "task.h"

/* Ticks in a period, and periods in a second. */
#define PERIOD 10
#define PERIODS_PER_SECOND (configTICK_RATE_HZ / PERIOD)
/* The fewest turns of an empty loop within a critical section, and between two of them; up to twice as many, so that
 * ticks fall anywhere in one or between two. */
#define FEWEST_TURNS 64
/* INTID of the virtual timer. */
#define TIMER 27
/* CNTV_CTL_EL0: ENABLE, ISTATUS. */
#define TIMER_ENABLE 1
#define TIMER_CONDITION_MET 4

/* As in main.rs. Times in counts of CNTVCT_EL0. */
struct report {
    uint64_t seconds, periods, shortest, longest, ticks_held;
};
void freertos_report(const struct report *report);
void freertos_done(void);

/* All priorities are below that of the kernel's own: 7 is the highest. */
enum { BUSY = 1, REPORTING, PERIODIC };

static uint64_t counts_per_tick;
static uint64_t next_deadline;
static uint64_t seconds_to_run;
/* Ticks whose time came while a critical section masked them. */
static volatile uint64_t ticks_held;

static QueueHandle_t gaps;

static uint64_t now(void)
{
    uint64_t count;
    __asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(count)::"memory");
    return count;
}

static uint64_t timer_control(void)
{
    uint64_t control;
    __asm volatile("mrs %0, cntv_ctl_el0" : "=r"(control)::"memory");
    return control;
}

static void set_deadline(uint64_t deadline)
{
    next_deadline = deadline;
    __asm volatile("msr cntv_cval_el0, %0\n isb" ::"r"(deadline) : "memory");
}

void start_tick(void)
{
    set_deadline(now() + counts_per_tick);
    __asm volatile("msr cntv_ctl_el0, %0\n isb" ::"r"((uint64_t)TIMER_ENABLE) : "memory");
}

/* From one deadline to the next, so that a late tick does not move those after it. */
void next_tick(void)
{
    set_deadline(next_deadline + counts_per_tick);
}

void vApplicationIRQHandler(uint32_t acknowledged)
{
    if (acknowledged == TIMER)
        FreeRTOS_Tick_Handler();
}

/* Turns as often as the next of a sequence of pseudo-random numbers says (Knuth's linear congruential generator). */
static void loop(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005 + 1442695040888963407;
    for (uint64_t turns = FEWEST_TURNS + (state >> 32) % FEWEST_TURNS; turns > 0; turns--)
        __asm volatile("");
}

/* Measures the time from one of its periods to the next. */
static void keep_period(void *unused)
{
    (void)unused;
    TickType_t woken = xTaskGetTickCount();
    xTaskDelayUntil(&woken, PERIOD);
    uint64_t last = now();
    for (;;) {
        xTaskDelayUntil(&woken, PERIOD);
        uint64_t woke = now();
        uint64_t gap = woke - last;
        last = woke;
        configASSERT(xQueueSend(gaps, &gap, 0) == pdTRUE);
    }
}

static void report_seconds(void *unused)
{
    (void)unused;
    struct report report = {.shortest = UINT64_MAX};
    while (report.seconds < seconds_to_run) {
        uint64_t gap;
        configASSERT(xQueueReceive(gaps, &gap, portMAX_DELAY) == pdTRUE);
        report.periods++;
        if (gap < report.shortest)
            report.shortest = gap;
        if (gap > report.longest)
            report.longest = gap;
        if (report.periods % PERIODS_PER_SECOND == 0) {
            report.seconds++;
            report.ticks_held = ticks_held;
            freertos_report(&report);
        }
    }
    freertos_done();
}

/* A section in which no tick may be counted. */
static void mask(void)
{
    taskENTER_CRITICAL();
    TickType_t before = xTaskGetTickCount();
    loop();
    if (timer_control() & TIMER_CONDITION_MET)
        ticks_held++;
    configASSERT(xTaskGetTickCount() == before);
    taskEXIT_CRITICAL();
}

/* During the last tick of each period interrupts are masked by priority half of the time. */
static void mask_time_and_again(void *unused)
{
    (void)unused;
    TickType_t woken = xTaskGetTickCount();
    xTaskDelayUntil(&woken, PERIOD - 1);
    for (;;) {
        while (xTaskGetTickCount() == woken) {
            mask();
            loop();
        }
        xTaskDelayUntil(&woken, PERIOD);
    }
}

void vApplicationIdleHook(void)
{
    __asm volatile("wfi" ::: "memory");
}

static void create(TaskFunction_t function, const char *name, UBaseType_t priority)
{
    enum { TASKS = 3, STACK = 1024 };
    static StackType_t stacks[TASKS][STACK] __attribute__((aligned(16)));
    static StaticTask_t tasks[TASKS];
    static unsigned created;
    xTaskCreateStatic(function, name, STACK, NULL, priority, stacks[created], &tasks[created]);
    created++;
}

/* Called by main.rs with the timer's interrupt enabled, but masked in PSTATE. */
void freertos_run(uint64_t frequency, uint64_t seconds)
{
    static StaticQueue_t queue;
    static uint64_t storage[PERIODS_PER_SECOND];
    counts_per_tick = frequency / configTICK_RATE_HZ;
    seconds_to_run = seconds;
    gaps = xQueueCreateStatic(PERIODS_PER_SECOND, sizeof storage[0], (uint8_t *)storage, &queue);
    create(keep_period, "period", PERIODIC);
    create(report_seconds, "report", REPORTING);
    create(mask_time_and_again, "busy", BUSY);
    vTaskStartScheduler();
}
