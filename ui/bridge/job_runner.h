#pragma once

#include <QObject>
#include <QThreadPool>

#include <functional>

namespace signalbox::ui {

/// Runs slow calls one after another on one thread of its own. Lives on the GUI thread, where it also delivers results;
/// its end waits for the job that runs and forgets results that were not delivered.
class JobRunner : public QObject {
    Q_OBJECT

public:
    /// Runs on the GUI thread when its job is done.
    using Done = std::function<void()>;

    explicit JobRunner(QObject* parent = nullptr);
    ~JobRunner() override;
    /// `job` runs on the job thread and answers what is to be done with its result.
    void run(std::function<Done()> job);

private:
    QThreadPool m_pool;
};

}  // namespace signalbox::ui
